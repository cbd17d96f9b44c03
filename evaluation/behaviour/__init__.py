"""Behavioural tests: what a model must do on texts written for one question each (Ribeiro et al., ACL 2020)."""

from evaluation.behaviour.run import Outcome, run_suite
from evaluation.behaviour.suite import CASES, Suite, applicable_suites, load_suite, load_suites

__all__ = ["CASES", "Outcome", "Suite", "applicable_suites", "load_suite", "load_suites", "run_suite"]
