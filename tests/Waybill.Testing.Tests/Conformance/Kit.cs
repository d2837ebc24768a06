using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing.Tests;

/// <summary>The kit as these tests run it: small, for there are many platforms.</summary>
internal static class Kit
{
    public static ConformanceOptions Options { get; } = new() { VolumeLength = 1024 * 1024, Histories = 1 };

    /// <summary>Adds what changes files on a platform in memory.</summary>
    public static ConformanceOptions OptionsFor(ScriptedProvider platform) => Options with
    {
        EditTree = (volume, _) =>
        {
            ModelTree tree = platform.GetTree(volume);
            ModelTreeState before = tree.Current;
            tree.WriteFile("b.txt", "shorter"u8);
            tree.Remove("a/empty");
            tree.WriteFile("new/file", "new"u8);
            return ValueTask.FromResult<ImmutableArray<ChangedFile>>([.. tree.Current.GetChanges(before)]);
        },
    };
}
