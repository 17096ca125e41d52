/**
 * Found wherever a JWT stands, and where its header or its payload stands alone. Three letters within other random text are none: that
 * would be found now and then.
 */
export const A_JWT = /(?<![\w-])eyJ|eyJ[\w-]+\.eyJ/;
