"""What ``trader bench`` measures: the robot beside the bare wire, the gate beside others."""
