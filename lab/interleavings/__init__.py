"""Two Express and two sessile clients on one session, in any interleaving: played on real servers, recorded, and judged."""
