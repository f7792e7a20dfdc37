"""Landscapes of soft costs, and the annealing that goes downhill in them."""
