"""The words of the trade, pure: currency, pair, amount, deal, ids, dates; what a venue is asked and what it says."""
