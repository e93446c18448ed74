import HTTPTypes
import MartletClient
import MartletModel
import NIOCore

/// A machine's serial console in the page.
enum SerialPage {
    /// Of what was put out before, in bytes.
    private static let history = 64 << 10

    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/machines/{machine}/console") { visit in
            page(try await MachineFrame.load(visit))
        },
        .get("/hosts/this/machines/{machine}/console/output") { visit in
            let output = try await visit.client.readConsole(visit.name("machine"), historyInBytes: history)
            return ConsoleReply(
                body: .stream({ write in try await pass(output, to: write) }, mediaType: "application/octet-stream"))
        },
        .post("/hosts/this/machines/{machine}/console/input") { visit in
            let bytes = Array((visit.request.form.raw("text") ?? "").utf8)
            if !bytes.isEmpty { try await visit.client.writeConsole(visit.name("machine"), bytes) }
            return ConsoleReply(status: .noContent)
        },
    ]

    private static func pass(_ output: ConsoleOutput, to write: ConsoleReply.Write) async throws {
        do {
            for try await piece in output { try await write(ByteBuffer(bytes: piece)) }
        } catch is MartletError {
            // The machine or the host ended: the page asks again.
        }
    }

    private static func page(_ frame: MachineFrame) -> ConsoleReply {
        let assets = frame.visit.assets
        let hasTerminal = assets.has("xterm/xterm.js")
        return frame.reply(.console) {
            if !hasTerminal {
                Tag.p(.class("notice")) {
                    "The terminal is in Debian's packages node-xterm and libjs-xterm, which are not installed on the host: the console is shown as plain text."
                }
            }
            if !frame.visit.may(.operator) {
                Tag.p(.class("notice")) { "Operators may use the console; as a viewer you may not." }
            } else {
                Tag.p(.class("quiet")) { "The machine's serial console. Click into it and type; Ctrl-] leaves it." }
                frame.visit.form(frame.action("console", "input"), .id("serial-form"), .hidden) {
                    Tag.input(.type("hidden"), .name("text"), .value(""))
                }
                Tag.div(
                    .id("terminal"), .class("terminal"), .data("keep", ""), .role("group"),
                    .aria("label", "Serial console of \(frame.machine.name)"),
                    .data("output", frame.action("console", "output").text))
                if hasTerminal {
                    Tag.link(.rel("stylesheet"), .href(assets.address("xterm/xterm.css")))
                    Tag.script(.src(assets.address("xterm/xterm.js")))
                }
                Tag.script(.type("module"), .src(assets.address("serial.js")))
            }
        }
    }
}
