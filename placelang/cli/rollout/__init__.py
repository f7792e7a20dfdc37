"""`placelang rollout`: how apps reach many sites, wave by wave, from where those are planned."""
