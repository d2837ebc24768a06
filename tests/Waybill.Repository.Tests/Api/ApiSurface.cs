using System.Reflection;
using System.Runtime.CompilerServices;

namespace Waybill.Repository.Tests.Api;

/// <summary>What of an assembly other assemblies can see: public types and their public and protected members.</summary>
internal static class ApiSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Types(Assembly assembly) =>
        assembly.GetTypes().Where(IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal);

    public static IEnumerable<ConstructorInfo> Constructors(Type type) =>
        type.GetConstructors(Declared & ~BindingFlags.Static).Where(IsVisible).Where(IsWritten);

    public static IEnumerable<FieldInfo> Fields(Type type) =>
        type.GetFields(Declared).Where(field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName);

    public static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible) && IsWritten(property));

    public static IEnumerable<EventInfo> Events(Type type) =>
        type.GetEvents(Declared).Where(item => item.AddMethod is { } add && IsVisible(add));

    /// <summary>Lists the methods, operators included, without accessors and without what the compiler adds to records.</summary>
    public static IEnumerable<MethodInfo> Methods(Type type) =>
        type.GetMethods(Declared).Where(method => IsVisible(method) && IsWritten(method) && !IsAccessor(method));

    public static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    public static IEnumerable<ApiTypeUse> TypesInSignatures(Assembly assembly)
    {
        foreach (Type type in Types(assembly))
        {
            IEnumerable<(string Member, IEnumerable<Type> Types)> uses =
            [
                ("", [type.BaseType ?? typeof(object), .. type.GetInterfaces(), .. Constraints(type.GetGenericArguments())]),
                .. Constructors(type).Select(item => (".ctor", Parameters(item))),
                .. Fields(type).Select(item => ("." + item.Name, (IEnumerable<Type>)[item.FieldType])),
                .. Properties(type).Select(item => ("." + item.Name, item.GetIndexParameters().Select(p => p.ParameterType).Append(item.PropertyType))),
                .. Events(type).Select(item => ("." + item.Name, (IEnumerable<Type>)[item.EventHandlerType!])),
                .. type.GetMethods(Declared).Where(IsVisible).Select(item =>
                    ("." + item.Name, Parameters(item).Append(item.ReturnType).Concat(Constraints(item.GetGenericArguments())))),
            ];
            foreach ((string member, IEnumerable<Type> types) in uses)
            {
                foreach (Type used in types.SelectMany(Parts))
                {
                    yield return new ApiTypeUse(type.FullName + member, used);
                }
            }
        }
    }

    private static bool IsVisible(Type type) =>
        type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!));

    private static bool IsWritten(MemberInfo member) => !member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static IEnumerable<Type> Parameters(MethodBase method) => method.GetParameters().Select(parameter => parameter.ParameterType);

    private static IEnumerable<Type> Constraints(Type[] genericParameters) =>
        genericParameters.Where(argument => argument.IsGenericParameter).SelectMany(argument => argument.GetGenericParameterConstraints());

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition()) : [type];
    }
}
