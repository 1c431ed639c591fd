"""What scores of gene panels are judged by: noise of sums of genes, random panels, competitive tests, strong genes."""
