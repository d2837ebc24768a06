using System.Text;
using Waybill.Cli.Resources;

namespace Waybill.Cli.Tests.Resources;

public sealed class DefinitionFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_Directory_TakesItsFilesInTheOrderOfTheirPaths()
    {
        _folder.Write("b/z.yml", "apiVersion: v1\nkind: Event\nmetadata: {name: third}\n");
        _folder.Write("a.json", """{"apiVersion":"v1","kind":"Event","metadata":{"name":"first"}}""");
        _folder.Write("b/a.YAML", "apiVersion: v1\nkind: Event\nmetadata: {name: second}\n");
        _folder.Write("README.md", "no definition");
        _folder.Write(".git/x.yaml", "not: {valid");

        IReadOnlyList<ResourceDefinition> read = await ReadAsync();

        Assert.Equal(["first", "second", "third"], read.Select(definition => definition.Name));
        Assert.Equal(["a.json", "b/a.YAML", "b/z.yml"], read.Select(definition => definition.OriginName));
        Assert.Equal(["application/json", "application/yaml", "application/yaml"], read.Select(definition => definition.MediaType));
    }

    [Fact]
    public async Task Read_MountedConfigMap_FindsEachFileOnce()
    {
        _folder.Write("..2026_01/app.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n");
        Directory.CreateSymbolicLink(_folder["..data"], "..2026_01");
        File.CreateSymbolicLink(_folder["app.yaml"], "..data/app.yaml");
        Directory.CreateSymbolicLink(_folder["loop"], ".");

        Assert.Single(await ReadAsync());
    }

    [Fact]
    public async Task Read_Object_KeepsItsBytesAndItsIdentity()
    {
        const string File = """
            # the web tier
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata:
              name: web-5d4
              namespace: shop
              uid: 0a0b
              resourceVersion: "77"
              labels: {tier: front}
              annotations:
                note: "a: b"
              ownerReferences:
              - {apiVersion: apps/v1, kind: Deployment, name: web, uid: 0c0d, controller: true}
            spec: {}   # trailing
            """;
        _folder.Write("rs.yaml", File);

        ResourceDefinition read = Assert.Single(await ReadAsync());

        Assert.Equal(File, Encoding.UTF8.GetString(read.Content.Span));
        Assert.Equal(("apps/v1", "ReplicaSet", "shop", "web-5d4", "0a0b", "77"),
            (read.ApiVersion, read.Kind, read.Namespace, read.Name, read.Uid, read.ResourceVersion));
        Assert.Equal("apps/v1/ReplicaSet/shop/web-5d4", read.Reference);
        Assert.Equal(new ResourceDefinitionOwner("apps/v1", "Deployment", "web", "0c0d", true), Assert.Single(read.Owners));
        Assert.Equal(new KeyValuePair<string, string>("tier", "front"), Assert.Single(read.Labels));
        Assert.Equal(new KeyValuePair<string, string>("note", "a: b"), Assert.Single(read.Annotations));
    }

    [Fact]
    public async Task Read_JsonList_BecomesItsItemsByteForByte()
    {
        const string First = """{ "kind":"Service", "apiVersion":"v1",  "metadata":{"name":"ü"} }""";
        const string Second = """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"p":"eA=="}}""";
        _folder.Write("all.json", $$$"""{"apiVersion":"v1","kind":"List","items":[ {{{First}}} ,{{{Second}}}],"metadata":{"resourceVersion":""}}""");

        IReadOnlyList<ResourceDefinition> read = await ReadAsync();

        Assert.Equal([Second, First], read.Select(definition => Encoding.UTF8.GetString(definition.Content.Span)));
        Assert.True(read[0].IsSecret);
    }

    [Fact]
    public async Task Read_YamlListInFlowStyle_BecomesItsItems()
    {
        _folder.Write("l.yaml", "kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n");

        IReadOnlyList<ResourceDefinition> read = await ReadAsync();

        Assert.Equal("{apiVersion: v1, kind: Pod, metadata: {name: b}}", Encoding.UTF8.GetString(read[1].Content.Span));
    }

    [Fact]
    public async Task Read_SeveralJsonValues_AreSeveralObjects()
    {
        _folder.Write("two.json", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}

            """);

        Assert.Equal(["a", "b"], (await ReadAsync()).Select(definition => definition.Name));
    }

    [Fact]
    public async Task Read_OneJsonValue_IsTheWholeFile()
    {
        string path = _folder.Write("one.json", "\n {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n\n");

        Assert.Equal(File.ReadAllBytes(path), Assert.Single(await ReadAsync()).Content.ToArray());
    }

    [Fact]
    public async Task Read_AllKinds_ComeInTheOrderOfARestore()
    {
        string[] expected =
        [
            "v1/Namespace", "apiextensions.k8s.io/v1/CustomResourceDefinition", "v1/LimitRange", "storage.k8s.io/v1/StorageClass",
            "v1/PersistentVolume", "v1/PersistentVolumeClaim", "v1/ServiceAccount", "rbac.authorization.k8s.io/v1/Role",
            "rbac.authorization.k8s.io/v1/RoleBinding", "v1/ConfigMap", "v1/Secret", "v1/Service", "apps/v1/Deployment",
            "networking.k8s.io/v1/Ingress",
        ];
        foreach ((int i, string kind) in expected.Reverse().Index())
        {
            int slash = kind.LastIndexOf('/');
            _folder.Write($"{i:D2}.yaml", $"apiVersion: {kind[..slash]}\nkind: {kind[(slash + 1)..]}\nmetadata: {{name: x}}\n");
        }

        IReadOnlyList<ResourceDefinition> read = await ReadAsync();

        Assert.Equal(expected, read.Select(definition => $"{definition.ApiVersion}/{definition.Kind}"));
    }

    [Theory]
    [InlineData("x.yaml", "a: 1\n", "apiVersion", 0)]
    [InlineData("x.yaml", "- 1\n", "no keys", 0)]
    [InlineData("x.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}\n", "metadata.name", 0)]
    [InlineData("x.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [x]\n", "metadata", 35)]
    [InlineData("x.yaml", "apiVersion: v1\nkind: Pod\nkind: Secret\nmetadata: {name: x}\n", "twice", 31)]
    [InlineData("x.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {a: 1, a: 2}}\n", "twice", 63)]
    [InlineData("x.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {a: [1]}}\n", "not a text", 57)]
    [InlineData("x.yaml", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n", "indented YAML", 35)]
    [InlineData("x.json", """{"apiVersion":"apps/v1","kind":"DeploymentList","items":[{"metadata":{"name":"x"}}]}""", "apiVersion", 57)]
    [InlineData("x.json", """{"apiVersion":"v1",}""", "JSON", 19)]
    [InlineData("x.json", """{"apiVersion":"v1","kind":"\ud800"}""", "JSON", 26)]
    public async Task Read_WhatIsNoDefinition_IsRefusedWithFileAndOffset(string name, string content, string message, long offset)
    {
        string path = _folder.Write(name, content);

        var error = await Assert.ThrowsAsync<WaybillException>(ReadAsync);

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((path, offset), (error.ObjectName, error.Offset));
    }

    [Fact]
    public async Task Read_TheSameObjectTwice_IsRefused()
    {
        _folder.Write("a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n");
        _folder.Write("b.yaml", "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: x}\n");

        var error = await Assert.ThrowsAsync<WaybillException>(ReadAsync);

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
        Assert.Contains("a.yaml", error.Message, StringComparison.Ordinal);
        Assert.Equal("b.yaml", error.ObjectName);
    }

    [Fact]
    public async Task Read_DirectoryWithoutDefinitions_IsRefused()
    {
        var error = await Assert.ThrowsAsync<WaybillException>(ReadAsync);

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
    }

    [Fact]
    public async Task Read_MissingPath_IsReported()
    {
        var error = await Assert.ThrowsAsync<WaybillException>(
            () => DefinitionFiles.ReadAsync([_folder["nothing.yaml"]], CancellationToken.None));

        Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
    }

    private Task<IReadOnlyList<ResourceDefinition>> ReadAsync() => DefinitionFiles.ReadAsync([_folder.Path], CancellationToken.None);
}
