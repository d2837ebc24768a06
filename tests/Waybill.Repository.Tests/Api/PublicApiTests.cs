namespace Waybill.Repository.Tests.Api;

public sealed class PublicApiTests
{
    private const string ApproveVariable = "WAYBILL_APPROVE";

    private static bool IsApproving => Environment.GetEnvironmentVariable(ApproveVariable) == "1";

    [Theory]
    [MemberData(nameof(SourceProjects.Libraries), MemberType = typeof(SourceProjects))]
    public void PublicApi_EqualsTheApprovedText(string project)
    {
        string actual = ApiDump.Of(SourceProjects.Load(project));
        string path = RepositoryFiles.PathOf($"build/api/{project}.txt");
        if (IsApproving)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        string approved = File.Exists(path) ? File.ReadAllText(path) : "";
        if (actual != approved)
        {
            Assert.Fail(
                $"""
                The public API of {project} is not the approved one in build/api/{project}.txt.
                If the change is meant, run this test with {ApproveVariable}=1 and commit the file.
                {Difference(approved, actual)}
                """);
        }
    }

    [Fact]
    public void ApprovedTexts_Belong_ToExistingPackages()
    {
        string[] stale = [.. Directory.GetFiles(RepositoryFiles.PathOf("build/api")).Where(path => !IsOfLibrary(path))];
        if (IsApproving)
        {
            Array.ForEach(stale, File.Delete);
            stale = [];
        }

        Offences.MustBeNone(stale);
    }

    [Theory]
    [MemberData(nameof(SourceProjects.Tools), MemberType = typeof(SourceProjects))]
    public void Tool_HasNoPublicTypes(string project)
    {
        Offences.MustBeNone(ApiSurface.Types(SourceProjects.Load(project)).Select(type => type.FullName!));
    }

    private static bool IsOfLibrary(string path) =>
        Path.GetExtension(path) == ".txt"
        && SourceProjects.All().Where(project => !SourceProjects.IsTool(project)).Contains(Path.GetFileNameWithoutExtension(path));

    // Lines that only one side has, under the last type named before them.
    private static string Difference(string approved, string actual)
    {
        HashSet<string> before = [.. Qualified(approved)];
        HashSet<string> after = [.. Qualified(actual)];
        return string.Join('\n', before.Except(after).Select(line => "- " + line).Concat(after.Except(before).Select(line => "+ " + line)));
    }

    private static IEnumerable<string> Qualified(string text)
    {
        string owner = "";
        foreach (string line in text.Split('\n').Where(line => line.Length > 0))
        {
            owner = line.StartsWith(' ') ? owner : line;
            yield return line.StartsWith(' ') ? $"{owner} >> {line.Trim()}" : line;
        }
    }
}
