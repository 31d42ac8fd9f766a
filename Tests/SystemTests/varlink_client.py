# SPDX-License-Identifier: BSD-2-Clause
"""Drives inet6d with the varlink package of PyPI. Takes the path of the socket; silent if all is as it should be."""

import sys

import varlink

ADDRESS = {"address": "2002:c000:201::1", "prefixlen": 16}


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r} instead of {wanted!r}")


def refusal(what, call, error, **wanted):
    """The call must be answered with the named error, whose parameters include those wanted."""
    try:
        call()
    except varlink.VarlinkError as caught:
        check(what, caught.error(), error)
        got = caught.parameters()
        check(what, {name: got.get(name) for name in wanted}, wanted)
    else:
        sys.exit(f"{what}: not refused")


def main(path):
    client = varlink.Client.new_with_address(f"unix:{path}")
    with client.open("org.varlink.service") as service:
        info = service.GetInfo()
        check("product", info["product"], "inet6d")
        names = ["faith", "ifnet", "inet6", "mib"]
        wanted = {"org.varlink.service"} | {f"io.hydrangea.{name}" for name in names}
        check("interfaces missing", wanted - set(info["interfaces"]), set())
        # The client's own parser reads what the service says of itself.
        for name in info["interfaces"]:
            text = service.GetInterfaceDescription(name)["description"]
            check("interface", varlink.Interface(text).name, name)
        refusal(
            "an unknown interface",
            lambda: service.GetInterfaceDescription("a.b"),
            "org.varlink.service.InterfaceNotFound",
            interface="a.b",
        )

    with client.open("io.hydrangea.ifnet") as ifnet:
        check("cloners", ifnet.Cloners(), {"kinds": ["stf", "faith", "vamp", "puppet"]})
        check("nothing yet", ifnet.List(), {"interfaces": []})
        made = ifnet.Apply([{"interface": "stf", "create": True}])
        check("create", made, {"results": [{"interface": "stf0", "changed": True}]})
        set_up = {"interface": "stf0", "description": "snö", "mtu": 1400, "link1": True, "inet6": ADDRESS}
        check("set", ifnet.Apply([set_up])["results"][0]["changed"], True)
        check("set again", ifnet.Apply([set_up], True)["results"][0]["changed"], False)
        (stf0,) = ifnet.List("stf0", True)["interfaces"]
        check("flags", stf0["flags"], ["up", "running", "link1"])
        check("mtu", (stf0["mtu"], stf0["description"]), (1400, "snö"))
        check("address", {name: stf0["inet6"][0][name] for name in ADDRESS}, ADDRESS)
        # There are more where programs inside the kernel carry packets.
        check("counters", {"drops", "input", "output"} - set(stf0["counters"]), set())
        refusal(
            "a second create",
            lambda: ifnet.Apply([{"interface": "stf0", "create": True}]),
            "io.hydrangea.ifnet.Exists",
            object="stf0",
            errno="EEXIST",
            number=17,
            reason="File exists",
        )
        refusal(
            "an address outside 2002::/16",
            lambda: ifnet.Apply([{"interface": "stf0", "inet6": {"address": "2001:db8::1"}}]),
            "io.hydrangea.ifnet.Invalid",
            object="stf0",
            errno="EINVAL",
            number=22,
        )
        refusal(
            "an interface that is not there",
            lambda: ifnet.List("stf7"),
            "io.hydrangea.ifnet.NotFound",
            object="stf7",
            errno="ENXIO",
            number=6,
        )
        check("destroy", ifnet.Apply([{"interface": "stf0", "destroy": True}])["results"][0]["changed"], True)
        check("nothing left", ifnet.List(), {"interfaces": []})
        relays = [{"service": "22"}, {"service": "80", "proxy": True}]
        set_up = {"prefixes": ["2001:db8:64::/96"], "relays": relays, "rules": ["::/0 permit 10.0.0.0/8"]}
        ifnet.Apply([{"interface": "faith0", "create": True, "faith": set_up, "up": True}])
        with client.open("io.hydrangea.faith") as faith:
            (faith0,) = faith.Show("faith0")["interfaces"]
            check("relays", [(relay["service"], relay["proxy"]) for relay in faith0["relays"]], [("22", False), ("80", True)])
            check("rules", (faith0["prefixes"], faith0["rules"]), (set_up["prefixes"], set_up["rules"]))
            check("sessions", faith.Sessions(), {"sessions": []})
            check("kill", faith.Kill("faith0", [1, 2]), {"killed": 0})
            refusal("no such relay", lambda: faith.Show("stf0"), "io.hydrangea.faith.NotFound", object="stf0", errno="ENXIO")
        check("destroy", ifnet.Apply([{"interface": "faith0", "destroy": True}])["results"][0]["changed"], True)

    with client.open("io.hydrangea.mib") as mib:
        (ttl,) = mib.Read("net.link.stf.ttl")["variables"]
        check("variable", (ttl["type"], ttl["value"], ttl["unit"]), ("integer", "40", "hops"))
        check("node", mib.Read("net.link")["node"]["oid"], [4, 18])
        change = {"name": "net.link.stf.ttl", "old": "40", "new": "64"}
        check("dry run", mib.Write([{"name": "net.link.stf.ttl", "value": "64"}], True), {"changes": [change]})
        with varlink.Client.new_with_address(f"unix:{path}").open("io.hydrangea.mib") as monitor:
            events = monitor.Monitor(_more=True)
            check("monitor", next(events)["event"], "current")
            check("write", mib.Write([{"name": "net.link.stf.ttl", "value": "0x40"}]), {"changes": [change]})
            check("event", next(events), {"event": "changed", "change": change})
        refusal(
            "a value out of range",
            lambda: mib.Write([{"name": "net.link.stf.pairing", "value": "0"}, {"name": "net.link.stf.ttl", "value": "0"}]),
            "io.hydrangea.mib.Invalid",
            object="net.link.stf.ttl",
            errno="EINVAL",
            number=22,
        )
        check("nothing is written", mib.Read("net.link.stf.pairing")["variables"][0]["value"], "1")


main(sys.argv[1])
