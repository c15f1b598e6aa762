#!/usr/bin/env python3
"""Sends made-up quotes to a multicast group, each a datagram: {"symbol": "ENCK", "price": 21.37, "change": 0.8}.

    send_quotes.py [--group 239.255.12.9:9012] [--interface 127.0.0.1] [--rate 50] [--seconds SECONDS] [--seed SEED]

--rate is in quotes a second; without --seconds it goes on until Ctrl-C.
"""

import argparse
import json
import random
import socket
import time

COMPANIES = {"APHL": 41.2, "BIEL": 12.5, "ENCK": 21.4, "FAYE": 8.75, "HALL": 76.1, "HOLM": 5.9, "OLBR": 33.3, "SWFT": 120.8,
             "TMPL": 17.25, "WLDT": 64.0}
ALIVE_SECONDS = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", default="239.255.12.9:9012")
    parser.add_argument("--interface", default="127.0.0.1", help="the address of the interface to send from")
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    host, port = options.group.rsplit(":", 1)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(options.interface))
    chance = random.Random(options.seed)
    first = dict(COMPANIES)
    prices = dict(COMPANIES)
    begin = time.monotonic()
    sent = 0
    while (now := time.monotonic() - begin) < options.seconds:
        while sent < now * options.rate:
            symbol = chance.choice(sorted(prices))
            # Each forgets its luck slowly, so that prices stay somewhere near where they began.
            prices[symbol] += prices[symbol] * chance.gauss(0, 0.004) + (first[symbol] - prices[symbol]) * 0.002
            change = 100 * (prices[symbol] / first[symbol] - 1)
            quote = {"symbol": symbol, "price": round(prices[symbol], 2), "change": round(change, 2)}
            sender.sendto(json.dumps(quote).encode(), (host, int(port)))
            sent += 1
        time.sleep(ALIVE_SECONDS)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
