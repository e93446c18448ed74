"""What the figures are measured on: a sandbox, the peers and Martlet, all in one scratch folder."""
