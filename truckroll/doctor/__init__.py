"""Doctor: finds out by trying whether everything that the service needs does what it must."""

from truckroll.doctor.check import Line, Verdict
from truckroll.doctor.patient import Patient
from truckroll.doctor.rounds import CHECKS, examine

__all__ = ["CHECKS", "Line", "Patient", "Verdict", "examine"]
