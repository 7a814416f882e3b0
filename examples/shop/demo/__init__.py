"""`make demo`: the main job on real components, told as a story that waits for each thing to be seen.

`stage` starts everything, `story` is the plot as data, `sight` reads what can be seen, `telling` plays one against the
other, `voice` prints.
"""
