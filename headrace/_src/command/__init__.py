"""The `headrace` program, and the alias that lets `import tensorflow` mean Headrace.

    main.py    the command line: `headrace run`, `headrace doctor`, `headrace version`
    run.py     a script or module, run as plain Python runs it, with the alias in place
    alias.py   install(): the finder that answers for `tensorflow` and `tensorflow.*`
    doctor.py  what this installation is made of, and why an accelerator is missing

Read next: headrace/_src/command/main.py.
"""
