using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>A command that prepares an application or lets it go on. No shell is involved unless it is the program.</summary>
/// <param name="Arguments">The program and its arguments.</param>
/// <param name="Deadline">After this time it is killed, with the processes of its group.</param>
public sealed record HookCommand(ImmutableArray<string> Arguments, TimeSpan Deadline);
