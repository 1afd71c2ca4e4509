"""The ground: the words of the trade, the ports, the errors. Standard library and numpy only."""
