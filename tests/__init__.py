"""Does the product do what it promises?"""
