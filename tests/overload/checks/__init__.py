"""The checks of the overload test, a file for each kind of trouble."""
