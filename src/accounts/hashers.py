"""How passwords are hashed: Argon2id with the parameters of docs/decisions/0075."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with 19 MiB of memory, two passes and one lane: about 25 ms of CPU, where PBKDF2 of the same year costs 220."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
