"""How fast is callcenter, beside the least that any such handler must do, on this machine?"""
