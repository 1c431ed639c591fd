"""Search two: what a compound does to cells. The one home of FAISS."""
