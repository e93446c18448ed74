import Glibc
import MartletGuest

exit(await GuestCommandLine.run(Array(CommandLine.arguments.dropFirst())))
