"""The pages, one file for each errand of a reseller."""
