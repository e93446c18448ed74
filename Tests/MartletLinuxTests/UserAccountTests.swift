import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Users of the host")
struct UserAccountTests {
    @Test("an account is found by number and by name")
    func root() throws {
        let root = try #require(try UserAccount(userID: 0))
        #expect(root.name == "root" && root.groupID == 0)
        #expect(try UserAccount(name: "root") == root)
        #expect(root.owner == FileOwner(userID: 0, groupID: 0))
    }

    @Test("an account that doesn't exist is nil, not a failure")
    func missing() throws {
        #expect(try UserAccount(userID: 4_000_000_001) == nil)
        #expect(try UserAccount(name: "martlet-no-such-user") == nil)
        #expect(try UserAccount.groupID(named: "martlet-no-such-group") == nil)
    }

    @Test("a user is in its own group, and not in groups it wasn't put in")
    func membership() throws {
        #expect(try UserAccount.isMember(userID: 0, ofGroup: "root"))
        #expect(try UserAccount.isMember(userID: 65534, ofGroup: "root") == false)
        #expect(try UserAccount.isMember(userID: 0, ofGroup: "martlet-no-such-group") == false)
        #expect(try UserAccount.isMember(userID: 4_000_000_001, ofGroup: "root") == false)
    }

    @Test("every member that the group file names is a member")
    func groupFile() throws {
        for line in try BoundedFile.readText("/etc/group").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            for member in fields[3].split(separator: ",") {
                guard let account = try UserAccount(name: String(member)) else { continue }
                #expect(try UserAccount.isMember(userID: account.userID, ofGroup: String(fields[0])))
            }
        }
    }
}
