"""From the broker to the detectors: receive, decode, quarantine, record, watch."""
