"""A search space in Python: plain networks, whose 1x1 convolutions a HyperNet writes."""

from smash_nas import Job, Search
from smash_nas.components import Block, Plane, Space, register
from smash_nas.graph import GraphBuilder, Parameter

UNIT, WIDEST = 8, 4  # channels come in units; a layer has at most WIDEST of them


class Plain(Space):
    """Plain networks of varying width."""

    id = "plain"
    schema = {"type": "object", "properties": {"layers": {"type": "integer", "minimum": 1, "maximum": 16}}}

    def __init__(self, config, task):
        super().__init__(config, task)
        self.layers = config.get("layers", 4)
        self.plane = Plane(channels=self.layers, rows=WIDEST, outputs=UNIT, inputs=UNIT)

    def draw(self, decide):
        layers = decide.integer("layers", 1, self.layers)
        return {"layers": layers, "widths": [decide.integer(f"widths.{i}", 1, WIDEST) for i in range(layers)]}

    def build(self, choices, network):
        b, ones, threes, most = GraphBuilder(), (1,) * len(self.task.extents), (3,) * len(self.task.extents), UNIT * WIDEST
        h = b.conv(b.input([self.task.channels, *self.task.extents]), Parameter("stem", (most, self.task.channels, *threes)))
        for i, width in enumerate(choices["widths"]):
            depthwise = network.shared(f"layer{i}.depthwise", (h.channels, 1, *threes), (most, 1, *threes))
            h = b.conv(h, depthwise, groups=h.channels)
            h = b.relu(b.conv(h, network.generated(f"layer{i}", (width * UNIT, h.channels, *ones))))
        head = network.shared("head", (self.task.classes, h.channels), (self.task.classes, most))
        return b.finish(b.head(h, head, Parameter("bias", (self.task.classes,), 0.0)))

    def describe(self, choices):
        units = [WIDEST, *choices["widths"]]
        return [Block(f"layer{i}", (i,), units[i], units[i + 1]) for i in range(len(units) - 1)]


register(Plain)
job = Job(space={"type": "plain"}, dataset={"type": "digits"}, seed=1, retrain={"epochs": 2},
          strategy={"type": "smash", "epochs": 2, "search": {"random": 8, "perturbation": 4, "chain": 4}})
search = Search(job).run()
print(search.best()[0].architecture["choices"], search.model().metrics["test_error"])
