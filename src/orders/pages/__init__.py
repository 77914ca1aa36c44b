"""Where services of others call back: `tracking` takes pushes of kuaidi100, `payments` what payment providers tell."""
