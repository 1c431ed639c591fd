"""Where candidates come from: the embedded indexes, or an engine on other machines; what decides is in one place."""
