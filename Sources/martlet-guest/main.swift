import Glibc
import MartletGuest

// Not an asynchronous main, which ends this thread by pthread_exit(3): in a static program the first unwinding sorts the tables of
// all of it (libgcc's unwind-dw2-fde.c, `init_object`), 60 ms of a processor, and a second of an emulated one, for each program run.
let arguments = Array(CommandLine.arguments.dropFirst())
Task.detached { exit(await GuestCommandLine.run(arguments)) }
while true { pause() }
