"""What else is like this compound, in what it looks like and in what it does to cells?"""
