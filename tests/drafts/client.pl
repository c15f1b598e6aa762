# A client made of Debian's Protocol::WebSocket: opens the raw endpoint in one dialect, sends each line of its input as a
# message, and prints what comes back, a line each.
# usage: client.pl HOST PORT PATH DIALECT
use strict;
use warnings;
use IO::Socket::INET;
use Protocol::WebSocket::Frame;
use Protocol::WebSocket::Handshake::Client;

my ($host, $port, $path, $dialect) = @ARGV;
my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp', Timeout => 10)
  or die "no connection: $!\n";
my $handshake = Protocol::WebSocket::Handshake::Client->new(url => "ws://$host:$port$path", version => $dialect);
my $frames = Protocol::WebSocket::Frame->new(version => $dialect, max_payload_size => 1 << 24);
my $masked = $dialect !~ /hixie|hybi-00/;

sub put {
    my ($bytes) = @_;
    while (length $bytes) {
        my $count = $socket->syswrite($bytes) // die "write: $!\n";
        substr($bytes, 0, $count, '');
    }
}

sub get {
    $socket->sysread(my $bytes, 65536) or die "the server has gone\n";
    return $bytes;
}

alarm 60;
my $request = $handshake->to_string;
# It counts the 8 bytes of hixie-76 as a body, which no browser did and the draft does not know.
$request =~ s/Content-Length: 8\r\n//;
put($request);
until ($handshake->is_done) {
    my $bytes = get();
    $handshake->parse($bytes) or die 'handshake: ' . $handshake->error . "\n";
    $frames->append($bytes) if $handshake->is_done;
}
binmode STDOUT;
while (my $line = <STDIN>) {
    chomp $line;
    put(Protocol::WebSocket::Frame->new(version => $dialect, masked => $masked, max_payload_size => 1 << 24, buffer => $line)->to_bytes);
    my $answer;
    until (defined($answer = $frames->next_bytes)) {
        $frames->append(get());
    }
    print "$answer\n";
}
put(Protocol::WebSocket::Frame->new(version => $dialect, masked => $masked, type => 'close')->to_bytes)
  if $dialect ne 'draft-hixie-75';
