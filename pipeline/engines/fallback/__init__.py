"""Fallback lists of engines in one role: the choice by language, circuit breaker, comparison of two translations of a line."""
