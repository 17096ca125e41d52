/** Found wherever a JWT stands; three letters alone would be found in other random text now and then. */
export const A_JWT = /eyJ[\w-]+\.eyJ/;
