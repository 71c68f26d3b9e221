import { registerHooks } from "node:module"

/** Where the driver keeps what is for bundlers alone. */
const forBundlers = /\/node_modules\/(@aws-sdk\/client-dynamodb)\/dist-es\/index\.js$/

/*
 * The test runner has Node resolve packages by the conditions "module" and "import" whoever asks. A module for bundlers
 * names files without their endings, which Node cannot load; and what is required gets the module of an import. Packages
 * that are loaded after this one resolve as they do in a program.
 */
registerHooks({
  resolve: (specifier, context, next) => {
    const isRequired = context.conditions.includes("require")
    const conditions = context.conditions.filter((name) => name !== "module" && !(isRequired && name === "import"))
    return next(forBundlers.exec(specifier)?.[1] ?? specifier, { ...context, conditions })
  }
})
