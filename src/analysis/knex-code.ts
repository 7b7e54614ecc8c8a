import type { OrderBy } from '../sql/select-reader.js'

/** Names that stand in a string of knex's as they are. */
const WRITABLE = /^[a-z_$\u0080-\uffff][\w$\u0080-\uffff]*$/i

/** Whether code may name them: of others it is not sure how knex must be given them. */
export function areWritable(names: readonly string[]): boolean {
  return names.every((name) => WRITABLE.test(name))
}

/** A name as a string: `'products'`. */
export function quote(name: string): string {
  return `'${name}'`
}

/** `.select('id', 'name')`; nothing where all columns are wanted. */
export function selectCode(columns: readonly string[] | '*'): string {
  return columns === '*' ? '' : `.select(${columns.map(quote).join(', ')})`
}

/** `.orderBy('name').orderBy('id', 'desc')` */
export function orderByCode(orderBy: readonly OrderBy[]): string {
  return orderBy
    .map(({ column, direction }) => `.orderBy(${quote(column)}${direction === 'desc' ? ", 'desc'" : ''})`)
    .join('')
}

/** A column or table as a part of a name in code: `CollectionId`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|_+)(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** A column or table as a name in code: `collectionId`. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name)
  return `${pascal.charAt(0).toLowerCase()}${pascal.slice(1)}`
}
