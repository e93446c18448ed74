import Glibc
import MartletCommands

let status = await CommandProgram.run(Array(CommandLine.arguments.dropFirst()))
exit(status.rawValue)
