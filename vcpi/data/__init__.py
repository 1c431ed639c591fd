"""What vcpi ships: compounds of the demonstration, gene identities."""
