import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension ConsoleServedTests {
    @Test(
        "in a browser: signed in, a machine is made and seen running, its console answers, a checkpoint is made, applied, deleted"
    )
    func browser() async throws {
        try await ConsoleLab.run { lab in
            let guest = try Programs.guest()
            try await Browser.with { browser in
                try await browser.open(lab.url)
                try await browser.fill("[name=user]", "root")
                try await browser.fill("[name=password]", "right")
                try await browser.click("button[type=submit]")
                try await browser.wait("document.documentElement.dataset.live === 'yes'")
                try await make(browser)
                // What happens elsewhere is seen without a reload.
                try await browser.open("\(lab.url)/hosts/this/machines")
                try await browser.wait("document.documentElement.dataset.live === 'yes'")
                try await browser.evaluate("window.sameAsBefore = true")
                try await lab.daemon.martletSucceeds(
                    "vm", "create", "hello", "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                    guest.initrd ?? "", "--append", "console=ttyS0", "--memory", "256MiB", "--disk", "64MiB")
                try await browser.wait(
                    "[...document.querySelectorAll('tbody th')].some((cell) => cell.innerText === 'hello')")
                try await lab.daemon.martletSucceeds("vm", "start", "hello")
                try await browser.wait(
                    "[...document.querySelectorAll('tbody tr')].some((row) => row.innerText.includes('hello') && row.innerText.includes('running'))"
                )
                try await browser.wait("window.sameAsBefore === true")
                try await talk(browser, lab)
                try await checkpoints(browser, lab)
            }
        }
    }

    private func make(_ browser: Browser) async throws {
        try await browser.click("a[href='/hosts/this/new-machine']")
        try await browser.click("[value=nothing]")
        try await browser.fill("[name=name]", "made here")
        try await browser.fill("[name=memory]", "64")
        try await browser.fill("[name=disk]", "1")
        try await browser.click(".wizard button[type=submit]")
        try await browser.wait("location.pathname === '/hosts/this/machines/made%20here'")
        try await browser.wait("document.querySelector('#head .state.running') !== null")
        try await browser.click("button[value='turn-off']")
        try await browser.click("dialog[open] button.danger")
        try await browser.wait("document.querySelector('#head .state.off') !== null")
    }

    private func talk(_ browser: Browser, _ lab: ConsoleLab) async throws {
        try await browser.open("\(lab.url)/hosts/this/machines/hello/console")
        try await browser.wait("document.querySelector('#terminal').dataset.state === 'open'")
        let log = "\(lab.daemon.root)/\(try await lab.daemon.machine("hello").configuration.folder)/console.log"
        // The terminal paints on a canvas; what the guest answers is read where the host keeps it.
        func says(_ text: String) async throws {
            _ = try await eventually(within: .seconds(120), "the console says '\(text)'") {
                String(decoding: try BoundedFile.tail(log, count: 4_000), as: UTF8.self)
            } until: {
                $0.contains(text)
            }
        }
        try await says("login:")
        try await browser.type("root\r")
        try await says("Password:")
        try await browser.type("martlet\r")
        try await says("# ")
        try await browser.type("echo $((6*7)) answers\r")
        try await says("42 answers")
    }

    private func checkpoints(_ browser: Browser, _ lab: ConsoleLab) async throws {
        try await browser.open("\(lab.url)/hosts/this/machines/hello/checkpoints")
        try await browser.wait("document.documentElement.dataset.live === 'yes'")
        try await browser.fill("form.filter [name=name]", "before")
        try await browser.click("form.filter button")
        try await browser.wait("document.querySelector('.checkpoint strong')?.innerText === 'before'")
        try await browser.click("button[value='turn-off']")
        try await browser.click("dialog[open] button.danger")
        try await browser.wait("document.querySelector('#head .state.off') !== null")
        try await browser.click("a[aria-label^='Apply']")
        try await browser.click("dialog[open] button.danger")
        try await browser.wait("document.querySelector('#head .state.saved') !== null")
        try await browser.click("a[aria-label^='Delete']")
        try await browser.click("dialog[open] button.danger")
        try await browser.wait("document.querySelector('.checkpoint') === null")
    }
}
