"""What Truckroll costs, measured beside its peers in the same run."""
