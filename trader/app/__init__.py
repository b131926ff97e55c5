"""The composition root: builds the robot, wires it, runs the loop, and takes a batch through it."""
