"""Rules and the detectors they configure, one file a detector."""
