import MartletModel

extension StringRule {
    /// A name that is given to something new: what `ResourceName` accepts, in a form that JSON Schema can say.
    package static let newName = StringRule(
        shortest: 1,
        longest: 100,
        pattern: namePattern,
        problem: { text in
            do throws(MartletError) {
                _ = try ResourceName(text)
                return nil
            } catch { return "can't be used: \(error.message)" }
        }
    )

    /// Text without NUL, which neither a path nor a kernel's command line can hold.
    package static func withoutNUL(longest: Int) -> StringRule {
        StringRule(
            longest: longest, pattern: #"^[^\u0000]*$"#,
            problem: { $0.contains("\0") ? "holds a NUL; leave it out" : nil })
    }

    /// The whole path of a file on the host.
    package static let absolutePath = StringRule(
        shortest: 1,
        longest: 4095,
        pattern: #"^/([^\u0000]*[^\u0000/])$"#,
        problem: { path in
            let isWhole = path.isAbsolutePath && !path.endsWithSlash && !path.contains("\0")
            return isWhole ? nil : "is not an absolute path; begin with '/' and don't end with it"
        }
    )

    /// What a label is called.
    package static let labelName = StringRule(
        shortest: 1,
        longest: VirtualMachineRules.longestLabelName,
        pattern: "^[A-Za-z0-9_./-]+$",
        problem: { name in
            VirtualMachineRules.isLabelName(name)
                ? nil : "has other characters than letters, digits, '-', '_', '.' and '/'"
        }
    )

    /// What a value for a guest is called.
    package static let guestValueName = StringRule(
        shortest: 1,
        longest: GuestValueRules.longestName,
        pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        problem: { name in
            GuestValueRules.isName(name)
                ? nil : "has other characters than letters, digits, '.', '_' and '-', or begins with one of these signs"
        }
    )

    package static let guestValue = StringRule(longest: GuestValueRules.longestValue)

    /// By which label machines are chosen. A comma parts one from the next.
    package static let labelSelector = StringRule(
        shortest: 1,
        longest: VirtualMachineRules.longestLabelName + VirtualMachineRules.longestLabelValue + 1,
        pattern: "^[A-Za-z0-9_./-]{1,\(VirtualMachineRules.longestLabelName)}(=[^,]*)?$",
        problem: { text in
            do throws(MartletError) {
                _ = try LabelSelector(text)
                return nil
            } catch { return "can't be used: \(error.message)" }
        }
    )

    /// What a label says.
    package static let labelValue = StringRule(
        longest: VirtualMachineRules.longestLabelValue,
        pattern: #"^[^\u0000-\u001f\u007f-\u009f]*$"#,
        problem: { value in
            VirtualMachineRules.isLabelValue(value) ? nil : "has a character that can't be seen"
        }
    )

    /// No id, no path, no option, no blank at either end, and nothing that can't be seen (Unicode's categories Cc, Cf, Co, Zl, Zp).
    private static let namePattern: String = {
        let blank = #"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"#
        let unseen =
            #"\u0000-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"#
            + #"\u2028-\u202e\u2060-\u2064\u2066-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb"#
            + "\u{110BD}\u{110CD}\u{13430}-\u{1343F}\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0001}\u{E0020}-\u{E007F}"
            + "\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}"
        let id = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
        return #"^(?!-|\.{1,2}$|\#(id))[^/\#(blank)\#(unseen)]([^/\#(unseen)]*[^/\#(blank)\#(unseen)])?$"#
    }()
}
