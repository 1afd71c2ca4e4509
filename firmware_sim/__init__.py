"""The simulator: fleets of devices, their faults and the network's, and the truth of what deserves a ticket."""
