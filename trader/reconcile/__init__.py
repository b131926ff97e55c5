"""Three books that must agree at the end of the day: the desk's file, the robot's, the venue's. Pure."""
