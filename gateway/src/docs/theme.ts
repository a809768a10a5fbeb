/** What our page changes in the looks of Swagger UI. */
export const css = `
.swagger-ui .servers-title, .swagger-ui .servers, .swagger-ui .info .link { display: none }
.swagger-ui .scheme-container .schemes { justify-content: flex-end }
.swagger-ui .info { margin: 32px 0 24px }
.swagger-ui .scheme-container { box-shadow: none; padding: 16px 0; margin-bottom: 16px }
`
