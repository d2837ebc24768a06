using System.Text;

namespace Waybill.Samples.Definitions.Tests;

/// <summary>The documents the tests read, and what is asked of the results.</summary>
internal static class TestDocument
{
    public static byte[] Bytes(string name)
    {
        using Stream stream = typeof(TestDocument).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"There is no document {name}.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    public static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));

    public static DefinedApplication Compose(string text, ComposeOptions? options = null) =>
        ComposeApplication.Read(Encoding.UTF8.GetBytes(text), options ?? new ComposeOptions { ProjectName = "test" });

    public static DefinedApplication Ecs(string text, DefinitionOptions? options = null) => EcsApplication.Read(Encoding.UTF8.GetBytes(text), options);

    public static WaybillException Refused(string text, ComposeOptions? options = null) => Assert.Throws<WaybillException>(() => Compose(text, options));

    /// <summary>Gets the tags of a key as <c>end of the reference=value</c>.</summary>
    public static string[] TagsOf(this DefinedApplication application, string key, TagSource source = TagSource.Derived) =>
        [.. application.Application.Tags.Where(t => t.Key == key && t.Source == source).Select(t => $"{t.SourceReference.Split('/', 5)[^1]}={t.Value}")];

    public static DefinedVolume Volume(this DefinedApplication application, string source) => application.Volumes.Single(v => v.Source == source);

    public static string[] FactsOf(this DefinedApplication application, string source) => [.. application.Volume(source).Facts];

    public static DefinitionGap[] GapsOf(this DefinedApplication application, DefinitionGapKind kind) => [.. application.Gaps.Where(g => g.Kind == kind)];

    /// <summary>Makes sure that a text stands in no tag, no gap and no fact: nowhere but in the definition itself.</summary>
    public static void AssertNotShown(DefinedApplication application, string secret)
    {
        foreach (Tag tag in application.Application.Tags)
        {
            Assert.DoesNotContain(secret, $"{tag.Key} {tag.Value} {tag.SourceReference}", StringComparison.Ordinal);
        }

        Assert.All(application.Gaps, gap => Assert.DoesNotContain(secret, gap.ToString(), StringComparison.Ordinal));
        Assert.All(application.Volumes, volume => Assert.DoesNotContain(secret, $"{volume} {string.Join(' ', volume.Facts)}", StringComparison.Ordinal));
    }
}
