import MartletModel
import MartletTestSupport
import Testing

/// The integration services of small guests in a host that has KVM and vsock of its own, with the package installed.
///
/// It takes `vmlinuz` and `initrd-services.img` in the host's `/root`. Everything there is emulated and slow, so it asks little.
struct VsockScenario {
    let host: GuestHost

    /// A guest is reached by vsock, after the daemon's end, a checkpoint, a save and a reboot too; one without the driver by its port.
    func run() async throws {
        try await create("near", append: "")
        try await create("far", append: "module_blacklist=vmw_vsock_virtio_transport")
        try await answers("near", by: .vsock, times: 1)
        let context = try await contextID()
        try await refusesStrangers(context)
        try await answers("far", by: .port, times: 1)
        try await host.succeeds("martlet vm stop far --turn-off && systemctl restart martletd")
        try await answers("near", by: .vsock, times: 2)
        try await host.succeeds(
            "martlet vm set near --checkpoint-type standard && martlet checkpoint create near first")
        try await host.succeeds("martlet vm save near")
        try await needsVsock()
        try await host.succeeds("martlet vm start near")
        try await answers("near", by: .vsock, times: 3)
        try await host.succeeds("martlet vm reset near")
        try await answers("near", by: .vsock, times: 4)
        #expect(try await contextID() == context)
        try await host.succeeds("martlet vm stop near --turn-off && martlet vm delete near far --disks --yes")
    }

    private func create(_ name: String, append: String) async throws {
        try await host.succeeds(
            """
            martlet vm create \(name) --generation direct --kernel /root/vmlinuz --initrd /root/initrd-services.img \
            --append 'console=ttyS0 \(append)' --memory 192MiB --cpus 1 --start
            """)
    }

    /// Waits for the daemon's log to tell it: asking the daemon again and again would slow down what is waited for.
    private func answers(_ name: String, by channel: GuestStatus.Channel, times: Int) async throws {
        let line = "by=\(channel.rawValue) .*vm=\(name) .*a guest answers"
        let outcome = try await host.run(
            """
            end=$(($(date +%s) + 600))
            until [ $(journalctl -u martletd -o cat | grep -c '\(line)') -ge \(times) ]; do
                [ $(date +%s) -lt $end ] || { journalctl -u martletd -o cat | tail; exit 1; }
                sleep 5
            done
            """)
        #expect(outcome.code == 0, "'\(name)' isn't reached by \(channel.rawValue) \(times) times: \(outcome)")
        let shown = try await host.succeeds("martlet vm show \(name)")
        #expect(shown.contains("by \(channel.rawValue)"), "\(shown)")
    }

    /// The machine's context id, as its QEMU was given it.
    private func contextID() async throws -> UInt32 {
        let text = try await host.succeeds(
            """
            tr '\\0' '\\n' </proc/$(pgrep -f '^/usr/bin/qemu-system-x86_64 .*guest=near,')/cmdline \
            | sed -n 's/.*"guest-cid":\\([0-9]*\\),.*/\\1/p'
            """)
        return try #require(UInt32(text.prefix { $0.isNumber }), "\(text)")
    }

    /// Who isn't the host's root is taken by the guest's kernel, and left alone by the services: it reads an end.
    private func refusesStrangers(_ context: UInt32) async throws {
        let stranger = try await host.run(
            """
            runuser -u nobody -- perl -e 'socket(S, 40, 1, 0) or die; alarm 60;
            connect(S, pack("SSLLx4", 40, 0, \(GuestContract.vsockPort), \(context))) or die "connect: $!";
            exit(sysread(S, $b, 1) ? 1 : 0)'
            """)
        #expect(stranger.code == 0, "\(stranger)")
        let port = try await host.run("runuser -u nobody -- perl -e '\(Self.reservedPort)'")
        #expect(port.code == 0 && port.output.contains("Permission denied"), "\(port)")
    }

    /// Binds the port that the services believe.
    private static let reservedPort =
        #"socket(S, 40, 1, 0) or die; bind(S, pack("SSLLx4", 40, 0, 1000, 0xffffffff)) ? print "bound" : print "$!""#

    /// A state that has vsock isn't started where there is none, says so and is kept.
    private func needsVsock() async throws {
        try await host.succeeds("mv /dev/vhost-vsock /dev/vhost-vsock.away")
        let refused = try await host.run("martlet vm start near")
        try await host.succeeds("mv /dev/vhost-vsock.away /dev/vhost-vsock")
        #expect(refused.code != 0 && refused.errors.contains("was saved with vsock"), "\(refused)")
        #expect(try await host.succeeds("martlet vm list").contains("saved"))
    }
}
