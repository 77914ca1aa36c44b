"""The rules of payments: `payments` is about what a provider reports of money, `refunds` about giving it back."""
