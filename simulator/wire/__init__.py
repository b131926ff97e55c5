"""The venue on a FIX wire: the door, the messages in, the messages out."""
